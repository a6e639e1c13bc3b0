-- attack: write over the notebook itself
-- expect: permission was not granted
-- code: 5

assert(io.open("attack.lua", "w")):write("os.execute('true')")
print("ESCAPED")

-- attack: write through a link out of the granted folder
-- expect: permission was not granted
-- code: 5

assert(io.open("out/link", "w")):write("changed")
print("ESCAPED")

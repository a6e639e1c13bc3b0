-- attack: write in a folder that may be read
-- expect: permission was not granted
-- code: 5

assert(io.open("data/ok.txt", "w")):write("changed")
print("ESCAPED")

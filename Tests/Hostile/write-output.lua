-- attack: make a file outside the default output
-- expect: permission was not granted
-- code: 5

io.output("@OUTSIDE@/canary.txt")
io.write("changed")
print("ESCAPED")

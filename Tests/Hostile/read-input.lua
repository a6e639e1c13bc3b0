-- attack: make a file outside the default input
-- expect: permission was not granted
-- code: 5

io.input("@OUTSIDE@/canary.txt")
print("ESCAPED", io.read("a"))

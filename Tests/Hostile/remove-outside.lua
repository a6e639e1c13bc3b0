-- attack: remove a file outside
-- expect: permission was not granted
-- code: 5

assert(os.remove("@OUTSIDE@/canary.txt"))
print("ESCAPED")

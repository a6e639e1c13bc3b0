-- attack: move a file from outside into the granted folder
-- expect: permission was not granted
-- code: 5

assert(os.rename("@OUTSIDE@/canary.txt", "out/mine.txt"))
print("ESCAPED", io.open("out/mine.txt"):read("a"))

-- attack: load a data set from a folder outside
-- expect: found in none of @OUTSIDE@
-- code: 1

print("ESCAPED", data.load("mnist", {dir = "@OUTSIDE@"}))

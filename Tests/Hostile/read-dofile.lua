-- attack: show a file outside in the message of a syntax error
-- expect: permission to read it was not granted
-- code: 5

print("ESCAPED", dofile("@OUTSIDE@/canary.txt"))

-- attack: start a program by os.execute
-- expect: os.execute is not available in a sandbox
-- code: 5

print("ESCAPED", os.execute("cat @OUTSIDE@/canary.txt"))

-- attack: start a program by io.popen
-- expect: io.popen is not available in a sandbox
-- code: 5

print("ESCAPED", io.popen("cat @OUTSIDE@/canary.txt"):read("a"))

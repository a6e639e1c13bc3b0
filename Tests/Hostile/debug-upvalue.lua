-- attack: reach the variables of a function of the host
-- expect: debug.getupvalue is not available in a sandbox
-- code: 5

print("ESCAPED", debug.getupvalue(load, 1))

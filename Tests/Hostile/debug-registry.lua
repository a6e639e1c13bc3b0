-- attack: reach the registry
-- expect: debug.getregistry is not available in a sandbox
-- code: 5

print("ESCAPED", debug.getregistry())

-- attack: make bytecode to change it
-- expect: string.dump is not available in a sandbox
-- code: 5

print("ESCAPED", #string.dump(function() end))

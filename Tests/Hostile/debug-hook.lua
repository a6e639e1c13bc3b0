-- attack: replace the hook that stops loops
-- expect: debug.sethook is not available in a sandbox
-- code: 5

debug.sethook(function() end, "", 1)
print("ESCAPED")

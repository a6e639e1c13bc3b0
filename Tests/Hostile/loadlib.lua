-- attack: load native code by package.loadlib
-- expect: package.loadlib is not available in a sandbox
-- code: 5

print("ESCAPED", package.loadlib("/lib/x86_64-linux-gnu/libc.so.6", "system"))

-- attack: require a module of C
-- expect: not found
-- code: 1

pcall(function() package.cpath = "/usr/lib/x86_64-linux-gnu/lua/5.4/?.so" end)
print("ESCAPED", require("socket.core"))

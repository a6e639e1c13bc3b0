-- attack: fill memory and swallow every error
-- expect: resource limit: 64.0 MiB of memory
-- code: 6
-- options: --memory 64MiB

local t = {}
while true do pcall(function() while true do t[#t + 1] = ("x"):rep(1000) .. #t end end) end

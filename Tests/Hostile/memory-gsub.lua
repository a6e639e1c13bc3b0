-- attack: let a replacement grow
-- expect: resource limit: 64.0 MiB of memory
-- code: 6
-- options: --memory 64MiB

local s = ("x"):rep(1 << 12)
while true do pcall(string.gsub, s, "x", ("y"):rep(1 << 16)) end

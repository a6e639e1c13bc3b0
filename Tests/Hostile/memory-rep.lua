-- attack: ask for one long string
-- expect: resource limit: 64.0 MiB of memory
-- code: 6
-- options: --memory 64MiB

while true do pcall(string.rep, "x", 1 << 29) end

-- attack: ask for one large tensor
-- expect: resource limit: 64.0 MiB of memory
-- code: 6
-- options: --memory 64MiB

while true do pcall(tensor.zeros, 100000, 100000) end

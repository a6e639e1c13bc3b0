-- attack: fill memory with tensors
-- expect: resource limit: 64.0 MiB of memory
-- code: 6
-- options: --memory 64MiB

local t = {}
while true do pcall(function() t[#t + 1] = tensor.zeros(256, 1024) end) end

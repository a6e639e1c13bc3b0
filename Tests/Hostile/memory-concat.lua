-- attack: double a string
-- expect: resource limit: 64.0 MiB of memory
-- code: 6
-- options: --memory 64MiB

local s = "x"
while true do s = s .. s end

-- attack: work in native code for ever
-- expect: resource limit: 0.5 s of time
-- code: 6
-- options: --time 0.5

local x = tensor.randn({600, 600}, {seed = 1})
while true do pcall(function() for _ = 1, 1000 do x = x:matmul(x):tanh() end end) end

-- attack: call a method of one class with an object of another
-- expect: self
-- code: 1

local t = tensor.zeros(3)
local close = t.close
close(nn.mlp{2, 2})
print("ESCAPED")

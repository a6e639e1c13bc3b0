-- One operation many times. arg: folder, name of the operation, calls per run.
local name, calls = arg[2], tonumber(arg[3])
local serve = dofile(arg[0]:match("^(.*/)") .. "serve.lua")
local one, other = tensor.randn({1}, {seed = 1}), tensor.randn({1}, {seed = 2})
local function square(n) return tensor.randn({n, n}, {seed = n}) end
local ops = {
  add1 = function() return one + other end,
  matmul = function()
    local a = square(1024)
    return function() return a:matmul(a) end
  end,
  chain = function()  -- three elementwise operations
    local a = square(2048)
    return function() return (a * 2 + 1):relu() end
  end,
  exp = function()
    local a = square(2048)
    return function() return a:exp() end
  end,
  add = function()
    local a, b = square(2048), tensor.randn({2048, 2048}, {seed = 5})
    return function() return a + b end
  end,
  sum = function()
    local a = square(2048)
    return function() return a:sum() end
  end,
}
local op = name == "add1" and ops.add1 or ops[name]()
serve{
  warm = function() for _ = 1, 3 do op() end end,
  run = function() for _ = 1, calls do op() end end,
}

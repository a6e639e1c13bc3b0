local x = 1


local function f(n)
  return n + x
end

print(f(2))

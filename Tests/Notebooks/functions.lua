-- %% library
local function gcd(a, b)
  while b ~= 0 do
    a, b = b, a % b
  end
  return a
end

-- %% use
for i = 1, 3 do
  if gcd(12, i) > 1 then print(i) else goto next end
  ::next::
end
repeat local done = true until done

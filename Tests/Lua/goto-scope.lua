for i = 1, 3 do for j = 1, 3 do if j == 2 then goto continue end io.write(i, j, " ") ::continue:: end end print()
do local n = 1 ::top:: if n <= 3 then io.write(n, " ") n = n + 1 goto top end print() end
local fs = {} do local i = 1 ::again:: local x = i fs[i] = function() return x end i = i + 1 if i <= 3 then goto again end end print(fs[1](), fs[2](), fs[3]())
print(load("goto nowhere")) print(load("do ::a:: end goto a")) print(load("::a:: ::a::")) print(load("goto f local x ::f:: print(x)"))
print(load("break")) print(load("for i = 1, 2 do local x goto done ::done:: end return 'ok'")())
local x = 1 do local x = x + 1 do local x = x * 10 print(x) end print(x) end print(x)
local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end print(fact(20), fact(21), fact(25.0))
local a, b, c = (function() return 1, 2 end)() print(a, b, c) a, b = b, a print(a, b) local t = {1, 2} local k = 1 k, t[k] = 2, "x" print(k, t[1], t[2])
print(({10, 20, 30})[2], ("x"):rep(2), #"abc" + 1, -2 ^ 2, ({1, 2, 3, [2] = "no"})[2])

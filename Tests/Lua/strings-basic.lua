print(("hello"):upper(), ("HeLLo"):lower(), ("abc"):reverse(), #"abc\0def", ("x"):rep(3, "-"), ("x"):rep(0), ("x"):rep(-1))
print(("hello"):sub(2), ("hello"):sub(-3), ("hello"):sub(2, -2), ("hello"):sub(10), ("hello"):sub(-100, 2), ("hello"):sub(0))
print(("abc"):byte(1, -1)) print(("abc"):byte(10)) print(string.char(72, 105), string.char())
print(("hello"):len(), string.len("\u{48}\u{2764}"))
for _, n in ipairs{math.mininteger, math.maxinteger} do print(("abc"):sub(n, n), ("abc"):sub(n), ("abc"):byte(n)) end
print("\65\066\x41\u{41}\z
       joined", 'a\
b', [[
long]], [==[a]]b]==])
print("a" < "b", "a" < "A", "" < "a", "a\0b" < "a\0c", "Z" < "a", "10" < "9")
print(1 .. 2, 1.5 .. "x", -0.0 .. "", 2^53 .. "", 1e15 .. "", 1e100 .. "", 10 // 0.0 .. "")
print(tostring(1e15), tostring(1e14), tostring(0.1), tostring(1/3), tostring(-1e-7), tostring(3.0), tostring(2^63))
print(("%s"):rep(3, ","):format(1, "two", true))
print(pcall(string.rep, "x", -5), pcall(string.char, 256), pcall(string.char, -1))

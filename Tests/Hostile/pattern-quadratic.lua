-- attack: a pattern that walks the text from every place
-- expect: pattern takes more than 20000000 steps
-- code: 1

local text = ("("):rep(1 << 20)
print(#text:gsub("%b()", ""))

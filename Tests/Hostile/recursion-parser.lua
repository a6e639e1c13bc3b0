-- attack: fill the stack of the compiler
-- expect: overflow
-- code: 1

assert(load("return " .. ("("):rep(100000) .. "1" .. (")"):rep(100000)))

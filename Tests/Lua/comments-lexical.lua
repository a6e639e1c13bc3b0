#!/usr/bin/lua -- not the first line of a chunk here is the shebang
--[[ block
comment ]] print("after block") --[==[ ]] ]==] print("after long")
---[[ trick
print("line comment trick") --]]
print(0xAp1, 1e+2, 3e-2, 0X1F, [[
first newline dropped]], "tab\tnew\nline \
continued", '\'', "\"", "\x41\u{1F600}\z    
     end") ; ; ; local a <const>, b = 1, 2; print(a, b)
print(#[[

x]], "a" --[[inline]] .. "b", --[=[]=] 5) return print("return ends")

#!/usr/bin/env lua
-- latin-1: éÿ
local s = "éÿþ€" print(#s, s:byte(1, -1)) print(s, #"Ã©", "Ã©" == "\u{e9}")
local t = {["ÿ"] = 1} for k, v in pairs(t) do print(k:byte(), v) end print(("%q"):format(s)) io.write(s, "\n") print(debug.getinfo(1, "l").currentline) print(arg[0], ...) error("the end")

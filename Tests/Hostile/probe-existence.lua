-- attack: learn which files exist outside
-- expect: the same answer for both
-- code: 5

local _, there = io.open("@OUTSIDE@/canary.txt")
local _, missing = io.open("@OUTSIDE@/nothing.txt")
there, missing = there:match(": (.*)"), missing:match(": (.*)")
if there ~= missing then print("ESCAPED", there, missing) end
error("the same answer for both: " .. there)

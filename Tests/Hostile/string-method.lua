-- attack: replace a method of strings
-- expect: attempt to change the read-only table 'string'
-- code: 1

pcall(rawset, string, "format", function() print("ESCAPED") end)
pcall(table.insert, string, 1)
if rawget(string, "format") then print("ESCAPED") end
function string.format() print("ESCAPED") end

-- attack: read a file outside by io.lines
-- expect: permission was not granted
-- code: 5

for line in io.lines("@OUTSIDE@/canary.txt") do print("ESCAPED", line) end

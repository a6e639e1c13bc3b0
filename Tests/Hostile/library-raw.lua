-- attack: change a library behind its front
-- expect: attempt to change the read-only table 'tensor'
-- code: 1

for _, library in pairs{io, os, math, table, nn, attack} do
  if pcall(rawset, library, "evil", 1) then print("ESCAPED") end
end
for _, behind in pairs{pairs(tensor)} do
  if type(behind) == "table" then print("ESCAPED") end
end
tensor.zeros = nil

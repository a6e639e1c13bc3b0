-- attack: swap names while a file is opened
-- expect: no swap led out
-- code: 1

-- Only names inside the granted folder can change, and none of them can become a link.
for i = 1, 300 do
  local file = io.open("out/a" .. i % 2, "w")
  if file then file:write("x"); file:close() end
  os.rename("out/a" .. i % 2, "out/link")
  local found = io.open("out/link")
  local text = found and found:read("a") or ""
  if text:find("CANARY") then print("ESCAPED", text) end
  os.rename("out/link", "out/../../outside/canary.txt")
end
error("no swap led out")

-- attack: find the libraries as they were in package.loaded
-- expect: io.popen is not available in a sandbox
-- code: 5

for _, name in pairs{"io", "os", "debug", "package", "_G"} do
  local found = require(name)
  if found ~= _G[name] then print("ESCAPED", name) end
end
require("io").popen("id")

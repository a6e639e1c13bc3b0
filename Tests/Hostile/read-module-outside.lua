-- attack: require a module by a path that leads out
-- expect: not found
-- code: 1

print("ESCAPED", require("../outside/module"))

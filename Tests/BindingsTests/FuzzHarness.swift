/// The Lua side of the fuzzer: makes arguments from the declared types, plausible ones mostly, and calls.
///
/// `entries` is the catalogue as tables; `step()` makes one call; `note` gets its text before it is made, so that a
/// trap leaves its cause behind.
let fuzzHarness = #"""
    local entries, seed, note = ...
    local random, huge = math.random, math.maxinteger
    math.randomseed(seed)
    local pool, classes = {}, {}
    calls, successes, failures = 0, {}, {}
    for _, entry in ipairs(entries) do if entry.class then classes[entry.class] = true end end

    local function pick(list) return list[random(#list)] end
    local function chance(p) return random() < p end

    local function keep(value, depth)
      if type(value) == "userdata" then
        local class = getmetatable(value)
        if type(class) ~= "string" then return end
        -- twelve tensors of gigabytes would be more than the machine has
        local isOpen, count = pcall(function() return value:numel() end)
        if isOpen and class == "Tensor" and count > 1 << 26 then return end
        local list = pool[class] or {}
        pool[class] = list
        list[#list < 12 and #list + 1 or random(12)] = value
      elseif type(value) == "table" and (depth or 0) < 2 and getmetatable(value) == nil then
        for i = 1, math.min(#value, 3) do keep(rawget(value, i), (depth or 0) + 1) end
      end
    end

    local numbers = {0, 1, 2, 3, 4, 5, 7, 8, 16, 33, -1, -2, -5, 0.5, 0.1, -0.25, 1.5, 1e-300, 1e300, -1e300, 2^36, 2^40,
      2^53, 2^62, 2^63, 1 << 40, 1 << 62, huge, math.mininteger, 0/0, 1/0, -1/0, -0.0}
    local strings = {"", "x", "float32", "int8", "linf", "channel", "a b", "\xff\xfe", "\0", ("y"):rep(5000), "1", "nan",
      "fuzz.tmp", "mean", "ünïcode", "-1", "%s%n"}
    local object

    local function deep(n) local t = {} for _ = 1, n do t = {t} end return t end
    local tables = {
      function() return {} end, function() return {1, 2, 3} end, function() return {{1, 2}, {3, 4}} end,
      function() return {{1, 2}, {3}} end, function() return {x = 1} end, function() return deep(70) end,
      function() return deep(20) end, function() local t = {} t.t = t return t end, function() return {1, nil, 3} end,
      function() return {[2.5] = 1} end, function() return {1, "x", true} end, function() return {0} end,
      function() return {-1, 2} end, function() return {huge, huge} end, function() return {2^40, 2^40} end,
      function() return {0/0, 1/0} end, function() return {object(), object()} end, function() return {2, 3} end,
      function() return {a = object(), b = object()} end, function() return {pick(numbers), pick(numbers)} end,
      function() return {[pick(strings)] = pick(numbers)} end,
    }
    local functions = {
      function(...) return ... end, function() end, function() error("from a function") end, function() error{} end,
      function(x) return x end, function() return object() end, function() return 1 end, function() return 0/0 end,
      function(x) return {x} end, function() return "x" end, function() coroutine.yield(1) end, print and function() return true end,
      function(x) if type(x) == "userdata" then return x:sum() end return x end,
    }
    local function loop() while true do end end

    function object(class)
      local list = class and pool[class]
      if not list then
        local names = {}
        for name in pairs(pool) do names[#names + 1] = name end
        if #names == 0 then return nil end
        table.sort(names)
        list = pool[pick(names)]
      end
      local at = random(#list)
      local value = list[at]
      if chance(0.01) then value:close() end
      if chance(0.02) then table.remove(list, at) if #list == 0 then pool[getmetatable(value)] = nil end end
      return value
    end

    local function garbage()
      local k = random(12)
      if k <= 4 then return pick(numbers) elseif k <= 6 then return pick(strings) elseif k <= 8 then return pick(tables)()
      elseif k == 9 then return pick(functions) elseif k == 10 then return object()
      elseif k == 11 then return chance(0.5) else
        return pick{nil, coroutine.create(function() end), io.stdout, string.format, loop, _G.tensor, math.pi}
      end
    end

    local function smallShape() local shape = {} for i = 1, random(0, 4) do shape[i] = random(0, 5) end return shape end

    local plausible
    local function element(kind, name)
      if kind:sub(1, 1) == '"' then return kind:sub(2, -2) end
      local list = kind:match("^(.*)%[%]$")
      if list then
        if name and name:find("shape") then return smallShape() end
        local values = {}
        for i = 1, random(0, 4) do values[i] = plausible(list, name) end
        return values
      end
      if kind == "integer" then return chance(0.9) and random(-1, 6) or pick(numbers) end
      if kind == "number" then
        return chance(0.6) and random() or chance(0.8) and random(-2, 5) or pick(numbers)
      end
      if kind == "boolean" then return chance(0.5) end
      if kind == "string" then return chance(0.3) and name and (name:find("path") or name:find("file")) and "fuzz.tmp" or pick(strings) end
      if kind == "function" then return pick(functions) end
      if kind == "nil" then return nil end
      local named = kind:match("^table<string, (.*)>$")
      if named then
        local values = {}
        for i = 1, random(0, 3) do values["m" .. i] = plausible(named, name) end
        return values
      end
      if kind == "any" then return garbage() end
      if classes[kind] or pool[kind] then return object(kind) end
      return chance(0.5) and object() or garbage()
    end
    function plausible(kind, name)
      local choices = {}
      for choice in kind:gmatch("[^|]+") do choices[#choices + 1] = choice end
      return element(pick(choices), name)
    end

    local function argument(parameter)
      if chance(0.15) then return garbage() end
      return plausible(parameter.type, parameter.name)
    end

    local function arguments(entry)
      local parameters, list, count = entry.parameters, {}, 0
      local wanted = #parameters
      if chance(0.3) then wanted = random(0, #parameters) end
      if chance(0.05) then wanted = wanted + random(3) end
      if chance(0.3) and #parameters > 0 then
        local named, positional = {}, random(0, #parameters)
        for i, parameter in ipairs(parameters) do
          if i <= positional and chance(0.5) then
            count = count + 1
            list[count] = argument(parameter)
          elseif chance(0.6) then
            named[parameter.name] = argument(parameter)
          end
        end
        if chance(0.03) then named[pick(strings)] = garbage() end
        count = count + 1
        list[count] = named
        return list, count
      end
      for i = 1, wanted do list[i] = parameters[i] and argument(parameters[i]) or garbage() end
      return list, wanted
    end

    local function text(value, depth)
      if type(value) == "string" then return string.format("%q", value:sub(1, 30)) end
      if type(value) == "userdata" then
        local class = getmetatable(value)
        local ok, shape = pcall(function() return "{" .. table.concat(value.shape, ",") .. "}" end)
        return tostring(class) .. (ok and shape or "")
      end
      if type(value) == "table" and (depth or 0) < 3 and getmetatable(value) == nil then
        local parts = {}
        for k, v in pairs(value) do parts[#parts + 1] = tostring(k) .. "=" .. text(v, (depth or 0) + 1) end
        return "{" .. table.concat(parts, ",") .. "}"
      end
      return tostring(value)
    end

    local operators = {
      __add = function(a, b) return a + b end, __sub = function(a, b) return a - b end, __mul = function(a, b) return a * b end,
      __div = function(a, b) return a / b end, __idiv = function(a, b) return a // b end, __mod = function(a, b) return a % b end,
      __pow = function(a, b) return a ^ b end, __unm = function(a) return -a end, __len = function(a) return #a end,
      __eq = function(a, b) return a == b end, __lt = function(a, b) return a < b end, __le = function(a, b) return a <= b end,
      __band = function(a, b) return a & b end, __bor = function(a, b) return a | b end, __bxor = function(a, b) return a ~ b end,
      __bnot = function(a) return ~a end, __shl = function(a, b) return a << b end, __shr = function(a, b) return a >> b end,
      __concat = function(a, b) return a .. b end, __index = function(a, b) return a[b] end,
      __newindex = function(a, b, c) a[b] = c end,
    }

    -- The function to call, its arguments and their number.
    local function prepare(entry)
      if entry.kind == "function" then
        local list, count = arguments(entry)
        local owner = entry.owner == "" and _G or _G[entry.owner]
        return rawget(owner, entry.name), list, count
      elseif entry.kind == "call" then
        local list, count = arguments(entry)
        return _G[entry.name], list, count
      end
      local me = object(entry.class)
      if chance(0.01) then me = garbage() end
      if entry.kind == "property" then return function() return me[entry.name] end, {me}, 1 end
      local list, count = arguments(entry)
      if entry.kind == "operation" and entry.name ~= "__call" then
        local other = chance(0.5) and object(entry.class) or chance(0.5) and plausible("number|integer|integer[]|string") or garbage()
        if chance(0.3) and entry.name ~= "__index" and entry.name ~= "__newindex" then me, other = other, me end
        return operators[entry.name], {me, other, chance(0.5) and random() or garbage()}, 3
      end
      table.move(list, 1, count, 2)
      list[1] = me
      if entry.name == "__call" then return me, {table.unpack(list, 2, count + 1)}, count end
      return function(self, ...) return self[entry.name](self, ...) end, list, count + 1
    end

    function step(number)
      calls = calls + 1
      local entry = entries[number] or pick(entries)
      if entry.class and not pool[entry.class] and chance(0.9) then entry = pick(entries) end
      local f, list, count = prepare(entry)
      local parts = {}
      for i = 1, count do parts[i] = text(list[i]) end
      note:seek("set")
      note:write(entry.qualified, "(", table.concat(parts, ", "), ")\n", (" "):rep(200), "\n")
      note:flush()
      local results = table.pack(pcall(f, table.unpack(list, 1, count)))
      if results[1] then
        successes[entry.qualified] = (successes[entry.qualified] or 0) + 1
        for i = 2, results.n do
          keep(results[i])
          if chance(0.05) then tostring(results[i]) end
        end
      else
        failures[entry.qualified] = tostring(results[2])
      end
    end
    """#

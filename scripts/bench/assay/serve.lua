-- The protocol between the harness and a program under measurement, over standard input and output, one line each way:
-- "run" does the case's work once and answers with its seconds, "check PATH" writes the case's logits to PATH and
-- answers with what else can be compared. The peers' side of it is peers/serve.py.
local function json(t)
  local parts = {}
  for name, value in pairs(t) do
    parts[#parts + 1] = string.format(type(value) == "number" and '"%s": %.9g' or '"%s": %q', name, value)
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function answer(t)
  print(json(t))
  io.stdout:flush()
end

-- A case: warm() prepares, run() is timed and may return a table, first() measures after the first run what may be
-- compared (both sides have done the same work then), check() returns logits and a table. All but run() are optional.
return function(case)
  local firsts
  if case.warm then case.warm() end
  answer{ready = "assay"}
  for line in io.lines() do
    local path = line:match("^check (.+)$")
    if line == "run" then
      local start = clock()
      local result = case.run() or {}
      result.seconds = result.seconds or clock() - start
      firsts = firsts or case.first and case.first() or {}
      answer(result)
    elseif path then
      local logits, values
      if case.check then logits, values = case.check() end
      if logits then data.save(path, logits) end
      values = values or {}
      for name, value in pairs(firsts or {}) do values[name] = values[name] or value end
      answer(values)
    end
  end
end

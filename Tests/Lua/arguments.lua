print(#arg, arg[0], arg[1], arg[2], select("#", ...), ...) print(arg[-1] ~= nil, arg[3]) for i, v in ipairs(arg) do io.write(i, "=", v, " ") end print() arg = nil print(...)

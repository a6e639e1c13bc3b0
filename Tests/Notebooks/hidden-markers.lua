-- %% a text
x = [[
-- %% not a cell
]]

-- %% a comment
--[[
-- %% nor this
]]

-- %% a function
local function f()
  -- %% nor this
  return 1
end

-- %%
show(f())

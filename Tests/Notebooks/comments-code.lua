-- %%
-- a cell of comments
-- and nothing else

-- %%
--- three dashes
--[[ block
     comment ]]
x = 1 -- at the end

-- %%
--[==[
x = 2
]==]

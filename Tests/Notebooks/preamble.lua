-- a remark before the first cell
local version = 1

-- %%
show(version)

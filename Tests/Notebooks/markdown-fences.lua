-- %% [markdown]
-- ```lua
-- x = 1
-- -- %% not a cell
-- %% neither
-- ```
--
-- ~~~~
-- ```
-- %% still inside
-- ~~~~
--
-- after

-- %%
x = 1

-- %%
a = 1
-- %%
b = 2


-- %%
c = 3

-- %% [markdown]
-- close
-- %%
d = 4

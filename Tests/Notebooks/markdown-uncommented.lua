-- %% [markdown]
-- Text without comment marks is text all the same:
and it gets them when the file is written.

-- %%
x = 1

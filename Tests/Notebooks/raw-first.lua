-- %% [raw]
-- not a header

-- %%
x = 1

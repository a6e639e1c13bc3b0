-- <codecell>
x = 1

-- In[2]:
y = 2

-- In[ ]:
z = 3

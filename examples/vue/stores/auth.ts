// stores/auth.ts

import { defineStore } from 'pinia'

export const useAuthStore = defineStore('auth', {
  state: () => ({
    user: null,
    isAuthenticated: false
  }),
  
  actions: {
    async login(email: string, password: string) {
      const response = await fetch('/api/auth/login', {
        method: 'POST',
        credentials: 'include',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ email, password })
      })
      
      if (response.ok) {
        const data = await response.json()
        this.user = data.user
        this.isAuthenticated = true
        return true
      }
      
      return false
    },
    
    async logout() {
      await fetch('/api/auth/logout', {
        method: 'POST',
        credentials: 'include'
      })
      
      this.user = null
      this.isAuthenticated = false
    }
  }
})
